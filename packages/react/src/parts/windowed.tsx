import { type ReactNode, useEffect, useRef, useState } from "react";

/** Rows of a block. */
const blockRows = 50;
/** What a row is high before one was seen, CSS pixels. */
const guessedRowPx = 88;
const changes = "contentvisibilityautostatechange";

interface Props<T> {
  readonly label: string;
  readonly items: readonly T[];
  readonly children: (item: T) => ReactNode;
}

/**
 * A list of which only the rows near the window exist. It is cut into blocks; one far away is an empty box of the same
 * height. Rows may differ in height, and one that has the focus stays.
 */
export function Windowed<T>({ label, items, children }: Props<T>) {
  const blocks: ReactNode[] = [];
  for (let start = 0; start < items.length; start += blockRows) {
    const some = items.slice(start, start + blockRows);
    blocks.push(
      <Block key={start} count={some.length} isFirst={start === 0}>
        {() =>
          some.map((item, index) => (
            // biome-ignore lint/a11y/useSemanticElements: `ul` may not hold the boxes that stand for rows far away
            <div
              // biome-ignore lint/suspicious/noArrayIndexKey: the row inside has its own
              key={index}
              role="listitem"
              aria-setsize={items.length}
              aria-posinset={start + index + 1}
            >
              {children(item)}
            </div>
          ))
        }
      </Block>,
    );
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: see above
    <div role="list" className="hawser-list" aria-label={label}>
      {blocks}
    </div>
  );
}

interface BlockProps {
  readonly count: number;
  readonly isFirst: boolean;
  readonly children: () => ReactNode;
}

/** The browser itself tells whether a block matters now, and keeps the height of one that does not. */
function Block({ count, isFirst, children }: BlockProps) {
  const element = useRef<HTMLDivElement>(null);
  const [isNear, setNear] = useState(isFirst);
  useEffect(() => {
    const block = element.current as HTMLElement;
    if (!("contentVisibility" in block.style)) return setNear(true);
    const change = (event: Event) => setNear(!(event as ContentVisibilityAutoStateChangeEvent).skipped);
    block.addEventListener(changes, change);
    return () => block.removeEventListener(changes, change);
  }, []);
  return (
    <div
      ref={element}
      style={{ contentVisibility: "auto", containIntrinsicBlockSize: `auto ${count * guessedRowPx}px` }}
    >
      {isNear && children()}
    </div>
  );
}
