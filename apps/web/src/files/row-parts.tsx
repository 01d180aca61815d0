import type { ReactNode } from "react";
import { Icon } from "../design/icon.tsx";
import type { RemoteView } from "./remote/remote-view.ts";

export function Percent({ percent }: { percent: number | null }) {
  if (percent === null) return null;
  return (
    <span className="pct">
      {percent}
      <span>%</span>
    </span>
  );
}

interface SayingProps {
  readonly view: Pick<RemoteView, "tone" | "icon" | "status" | "detail" | "figures">;
  readonly children?: ReactNode;
}

/** The line below the rope: the state in a person's words, and the figures. */
export function Saying({ view, children }: SayingProps) {
  return (
    <div className="up-2">
      <span className="say">
        <span className={`st c-${view.tone}`}>
          <Icon name={view.icon} />
          {view.status}
        </span>
        {view.detail}
      </span>
      <span className="figs">
        {view.figures.map((figure, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a figure is its place
          <span key={index}>{figure}</span>
        ))}
      </span>
      {children}
    </div>
  );
}
