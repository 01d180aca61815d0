import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { blocksOf } from "./blocks.ts";
import { useProperty } from "./property.ts";

/** Up to here all rows are always there. */
const shortList = 50;

interface Props<T> {
  readonly items: readonly T[];
  readonly label: string;
  /** What a row is high before one was seen, CSS pixels. */
  readonly rowHeightPx: number;
  /** One row: it has the role `listitem`, the place (from 1) and the number of all. */
  readonly children: (item: T, place: number, total: number) => ReactNode;
}

/**
 * A long list of which only the rows near the window exist. It is cut into blocks; a block far away is one empty box of
 * the same height. Rows may differ in height, and a row that has the focus stays.
 */
export function WindowedList<T>({ items, label, rowHeightPx, children }: Props<T>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: `ul` may not hold the boxes that stand for rows far away
    <div role="list" className="card ups" aria-label={label}>
      {blocksOf(items.length).map(({ start, end }) => {
        const rows = () =>
          items.slice(start, end).map((item, index) => children(item, start + index + 1, items.length));
        return items.length <= shortList ? (
          <div key={start} className="block">
            {rows()}
          </div>
        ) : (
          <Block key={start} count={end - start} rowHeightPx={rowHeightPx} isNearAtFirst={start === 0}>
            {rows}
          </Block>
        );
      })}
    </div>
  );
}

interface BlockProps {
  readonly count: number;
  readonly rowHeightPx: number;
  readonly isNearAtFirst: boolean;
  readonly children: () => ReactNode;
}

function Block({ count, rowHeightPx, isNearAtFirst, children }: BlockProps) {
  const element = useRef<HTMLDivElement>(null);
  const [isNear, setNear] = useState(isNearAtFirst);
  /** Height of one row when the block was last there. */
  const [seenRowPx, setSeenRowPx] = useState(rowHeightPx);
  const counted = useRef(count);
  useLayoutEffect(() => {
    counted.current = count;
  }, [count]);
  useProperty(element, "--gap", isNear ? null : `${count * seenRowPx}px`);
  useEffect(() => {
    const block = element.current;
    if (block === null) return;
    return watchNearness(block, (near) => {
      if (!near && block.contains(document.activeElement)) return;
      if (!near && block.childElementCount > 0) setSeenRowPx(block.offsetHeight / counted.current);
      setNear(near);
    });
  }, []);
  return (
    <div ref={element} className={isNear ? "block" : "block block-gap"}>
      {isNear && children()}
    </div>
  );
}

const listeners = new WeakMap<Element, (isNear: boolean) => void>();
let observer: IntersectionObserver | undefined;

/** Calls `listener` whenever `element` comes near the window, about a screen away, or leaves it. */
function watchNearness(element: Element, listener: (isNear: boolean) => void): () => void {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) listeners.get(target)?.(isIntersecting);
    },
    { rootMargin: "1000px 0px" },
  );
  listeners.set(element, listener);
  observer.observe(element);
  return () => {
    observer?.unobserve(element);
    listeners.delete(element);
  };
}
