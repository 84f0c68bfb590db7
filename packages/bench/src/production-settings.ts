/** What services run with, where a laptop's settings differ from production's. */
export const productionSettings = { NODE_ENV: "production", LOG_LEVEL: "info" };
