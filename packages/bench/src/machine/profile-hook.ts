import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { join } from "node:path";

// Loaded into the process that is profiled, by --import: a signal starts Node's own CPU profiler, the next one stops it
// and leaves what it saw in a file.
const sampleEveryUs = 500;
let session: Session | undefined;

async function toggle(): Promise<void> {
  if (!session) {
    session = new Session();
    session.connect();
    await session.post("Profiler.enable");
    await session.post("Profiler.setSamplingInterval", { interval: sampleEveryUs });
    await session.post("Profiler.start");
    return;
  }
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  session = undefined;
  const file = join(process.env["CONDO_PROFILE_DIR"] ?? ".", `${process.pid}.cpuprofile`);
  writeFileSync(file, JSON.stringify(profile));
}

process.on("SIGIO", () => void toggle());
