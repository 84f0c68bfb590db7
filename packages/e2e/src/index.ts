export {
  call,
  callHost,
  registerTenant,
  standardHeaders,
  standardSecret,
  type Answer,
  type TenantApi,
} from "./api.ts";
export { startTestFleet } from "./fleet.ts";
export { startReceiver, type Received, type Receiver } from "./receiver.ts";
