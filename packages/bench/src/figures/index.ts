import type { Figure } from "../figure.ts";
import { accept } from "./accept/accept.ts";
import { me } from "./me/me.ts";

export const figures: readonly Figure[] = [accept, me];
