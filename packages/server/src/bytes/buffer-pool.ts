import { limits } from "@hawser/protocol";

// Node has it; the type libraries that this project uses do not.
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
};

const blockBytes = limits.chunkSizeBytes;
/** Share of the blocks that whole chunks leave to pieces, and pieces to whole chunks, so that neither waits for the other. */
const reservedShare = 1 / 8;
/** Sizes a piece may have while memory is short: the block, a quarter, a sixteenth. */
export const pieceSizesBytes = [blockBytes, blockBytes / 4, blockBytes / 16] as const;

/** A piece of the pool; whoever holds it gives it back exactly once. */
export interface Lease {
  readonly bytes: Uint8Array;
  release(): void;
}

interface Block {
  readonly offset: number;
  pieceBytes: number;
  /** Offsets of free pieces within the pool's memory. */
  readonly free: number[];
}

interface Waiter {
  readonly sizeBytes: number;
  resolve(lease: Lease): void;
}

/**
 * Bounded memory for gathering chunks. One region, page-aligned (it belongs to a WebAssembly memory, so that
 * O_DIRECT can write from it), cut into blocks of 1 MiB; a block is lent whole or as equal pieces.
 * Waiters are served in the order in which they came, whole blocks and pieces apart.
 */
export class BufferPool {
  readonly #memory: Uint8Array;
  readonly #freeBlocks: Block[] = [];
  /** Blocks in use, by the size they are cut into, with at least one piece free. */
  readonly #cutBlocks = new Map<number, Set<Block>>();
  readonly #waiters: Waiter[] = [];
  /** Blocks that may be lent whole, and blocks that may be cut. */
  readonly #maxBlocksOfKind: number;
  #wholeBlocks = 0;
  #piecedBlocks = 0;
  readonly blocks: number;
  #gathers = 0;

  constructor(totalBytes: number) {
    this.blocks = Math.max(2, Math.floor(totalBytes / blockBytes));
    const pages = (this.blocks * blockBytes) / 65_536;
    this.#memory = new Uint8Array(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer);
    for (let i = this.blocks - 1; i >= 0; i--) {
      this.#freeBlocks.push({ offset: i * blockBytes, pieceBytes: blockBytes, free: [] });
    }
    this.#maxBlocksOfKind = this.blocks - Math.max(1, Math.floor(this.blocks * reservedShare));
    for (const size of pieceSizesBytes) this.#cutBlocks.set(size, new Set());
  }

  /** Counts a request that gathers chunks; the more there are, the smaller the pieces. */
  enter(): void {
    this.#gathers++;
  }

  leave(): void {
    this.#gathers--;
  }

  /** The piece size that lets every gathering request hold one. */
  pieceBytes(): number {
    for (const size of pieceSizesBytes) {
      if (this.#gathers * size <= this.#maxBlocksOfKind * blockBytes) return size;
    }
    return pieceSizesBytes[pieceSizesBytes.length - 1] as number;
  }

  /** A piece of `sizeBytes` (one of {@link pieceSizesBytes}), or undefined when none is free or somebody waits. */
  tryAcquire(sizeBytes: number): Lease | undefined {
    if (this.#waiters.some((waiter) => waiter.sizeBytes === sizeBytes)) return undefined;
    return this.#take(sizeBytes);
  }

  /** A piece of `sizeBytes`, as soon as one is free. The number of waiters is bounded by the requests in flight. */
  acquire(sizeBytes: number): Lease | Promise<Lease> {
    return this.tryAcquire(sizeBytes) ?? new Promise((resolve) => this.#waiters.push({ sizeBytes, resolve }));
  }

  #take(sizeBytes: number): Lease | undefined {
    const cut = this.#cutBlocks.get(sizeBytes) as Set<Block>;
    let [block] = cut;
    if (block === undefined) {
      block = this.#takeBlock(sizeBytes);
      if (block === undefined) return undefined;
      block.pieceBytes = sizeBytes;
      for (let at = blockBytes - sizeBytes; at >= 0; at -= sizeBytes) block.free.push(block.offset + at);
      cut.add(block);
    }
    const offset = block.free.pop() as number;
    if (block.free.length === 0) cut.delete(block);
    return this.#lease(block, offset);
  }

  #takeBlock(pieceBytes: number): Block | undefined {
    const isWhole = pieceBytes === blockBytes;
    if ((isWhole ? this.#wholeBlocks : this.#piecedBlocks) >= this.#maxBlocksOfKind) return undefined;
    const block = this.#freeBlocks.pop();
    if (block === undefined) return undefined;
    if (isWhole) this.#wholeBlocks++;
    else this.#piecedBlocks++;
    return block;
  }

  #giveBlockBack(block: Block): void {
    if (block.pieceBytes === blockBytes) this.#wholeBlocks--;
    else this.#piecedBlocks--;
    this.#freeBlocks.push(block);
  }

  #lease(block: Block, offset: number): Lease {
    let held = true;
    return {
      bytes: this.#memory.subarray(offset, offset + block.pieceBytes),
      release: () => {
        if (!held) return;
        held = false;
        this.#giveBack(block, offset);
      },
    };
  }

  #giveBack(block: Block, offset: number): void {
    const cut = this.#cutBlocks.get(block.pieceBytes) as Set<Block>;
    block.free.push(offset);
    cut.add(block);
    if (block.free.length * block.pieceBytes === blockBytes) {
      block.free.length = 0;
      cut.delete(block);
      this.#giveBlockBack(block);
    }
    this.#serveWaiters();
  }

  #serveWaiters(): void {
    for (const sizeBytes of pieceSizesBytes) {
      let index = this.#waiters.findIndex((waiter) => waiter.sizeBytes === sizeBytes);
      while (index >= 0) {
        const lease = this.#take(sizeBytes);
        if (lease === undefined) break;
        (this.#waiters.splice(index, 1)[0] as Waiter).resolve(lease);
        index = this.#waiters.findIndex((waiter) => waiter.sizeBytes === sizeBytes);
      }
    }
  }
}
