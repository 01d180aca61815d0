import { platformContract } from "../test/contracts/platform.contract.ts";
import { browserPlatform } from "./platform-browser.ts";

platformContract("a real browser", browserPlatform);
