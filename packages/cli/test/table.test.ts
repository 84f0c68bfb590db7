import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { formatTable, printable } from "../src/table.ts";

suite("what is printed", () => {
  test("stands in columns", () => {
    assert.equal(
      formatTable(
        ["A", "LONG"],
        [
          ["xyz", 1],
          ["", null],
        ],
      ),
      "A    LONG\nxyz  1\n     -",
    );
  });

  test("gives the terminal no orders", () => {
    assert.equal(printable("\u001b[2Ja\r\nb\u009b\u202ec"), "\uFFFD[2Ja\uFFFD\uFFFDb\uFFFD\uFFFDc");
  });
});
