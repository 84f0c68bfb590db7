export {
  call,
  callHost,
  registerTenant,
  standardHeaders,
  standardSecret,
  type Answer,
  type TenantApi,
} from "./api.ts";
export { startTestFleet, type TestFleet } from "./fleet.ts";
export { startReceiver, type Received, type Receiver } from "./receiver.ts";
export { scrape, type Scrape, type Series } from "./scrape.ts";
export { startCollector, type Collector, type ReceivedSpan } from "./collector.ts";
export { blockOf, blocksOf, type Block } from "./pages.ts";
