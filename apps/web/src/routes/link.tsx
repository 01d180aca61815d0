import type { MouseEvent, ReactNode } from "react";
import { goTo } from "./location.ts";
import type { Path } from "./pages.ts";

interface Props {
  readonly to: Path;
  readonly className?: string;
  readonly isCurrent?: boolean;
  readonly children: ReactNode;
}

/** A link within the app; with a modifier key it opens as any link does. */
export function Link({ to, className, isCurrent = false, children }: Props) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    goTo(to);
  };
  return (
    <a href={to} className={className} aria-current={isCurrent ? "page" : undefined} onClick={follow}>
      {children}
    </a>
  );
}
