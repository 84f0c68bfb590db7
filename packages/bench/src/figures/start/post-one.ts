import { openConnection } from "../../load/connection.ts";
import { requestMaker } from "../../load/requests.ts";

/** Posts one signed webhook. @returns the answer's status */
export async function postOne(url: string, secret: string, headers: Record<string, string>): Promise<number> {
  const signing = { scheme: "standard-webhooks", secret } as const;
  const make = requestMaker({ kind: "webhook", url, headers, signing, size: 256 });
  const connection = await openConnection(new URL(url));
  const status = await connection.send(make(1));
  connection.close();
  return status;
}
