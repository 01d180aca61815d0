import { tabLinkContract } from "../../test/contracts/tab-link.contract.ts";
import { ManualPlatform } from "./manual-platform.ts";
import { TabWorld } from "./tab-world.ts";

const world = new TabWorld(new ManualPlatform());

tabLinkContract("tabs in memory", () => world.openTab().link);
