import { type Extent, endOf, Image } from "./image.ts";
import { pick, type Random, randomIndex } from "./random.ts";

/** Something that was done and is not yet durable. */
export interface Pending {
  /** Whether its caller was told; only then does a sync that begins now cover it. */
  told: boolean;
}

export interface PendingWrite extends Pending, Extent {}

export interface FileNode {
  readonly kind: "file";
  /** What a reader sees. */
  readonly seen: Image;
  readonly durable: Image;
  pending: PendingWrite[];
}

export interface PendingEntry extends Pending {
  readonly name: string;
  /** Undefined: the entry was removed. */
  readonly node: Node | undefined;
}

export interface FolderNode {
  readonly kind: "folder";
  readonly seen: Map<string, Node>;
  readonly durable: Map<string, Node>;
  pending: PendingEntry[];
}

export type Node = FileNode | FolderNode;

export function newFile(durable = new Image()): FileNode {
  return { kind: "file", seen: durable.copy(), durable, pending: [] };
}

export function newFolder(durable = new Map<string, Node>()): FolderNode {
  return { kind: "folder", seen: new Map(durable), durable, pending: [] };
}

/** One of the trees that may be found after the power failed now. The given one stays as it is. */
export function crashFolder(folder: FolderNode, random: Random): FolderNode {
  // Also the extremes, where all or nothing survives: independent throws alone would hardly ever show them.
  return crashFolderWith(folder, pick(random, [0, 0.2, 0.5, 0.8, 1]), random);
}

function crashFolderWith(folder: FolderNode, survival: number, random: Random): FolderNode {
  const histories = new Map<string, (Node | undefined)[]>();
  for (const [name, node] of folder.durable) histories.set(name, [node]);
  for (const { name, node } of folder.pending) {
    const history = histories.get(name) ?? [undefined];
    history.push(node);
    histories.set(name, history);
  }
  const survivors = new Map<string, Node>();
  for (const [name, history] of histories) {
    const last = history.length - 1;
    const node = history[last === 0 || random() < survival ? last : randomIndex(random, last)];
    if (node !== undefined) survivors.set(name, crashNode(node, survival, random));
  }
  return newFolder(survivors);
}

function crashNode(node: Node, survival: number, random: Random): Node {
  return node.kind === "folder" ? crashFolderWith(node, survival, random) : crashFile(node, survival, random);
}

function crashFile(file: FileNode, survival: number, random: Random): FileNode {
  const image = file.durable.copy();
  for (const write of file.pending) {
    if (random() < survival) {
      image.apply(write);
      continue;
    }
    const piece = random() < 0.5 ? tear(write, random) : undefined;
    if (piece !== undefined) image.apply(piece);
    if (random() < 0.5) image.extend(endOf(write));
  }
  return newFile(image);
}

/** The head or the tail of a write, cut at a boundary of sectors or pages; undefined when it spans none. */
function tear({ position, bytes }: Extent, random: Random): Extent | undefined {
  const unitBytes = pick(random, [512, 4_096]);
  const firstCut = unitBytes - (position % unitBytes);
  const cuts = Math.ceil((bytes.length - firstCut) / unitBytes);
  if (cuts <= 0) return undefined;
  const cut = firstCut + randomIndex(random, cuts) * unitBytes;
  if (random() < 0.5) return { position, bytes: bytes.subarray(0, cut) };
  return { position: position + cut, bytes: bytes.subarray(cut) };
}
