import { Component, type ReactNode } from "react";
import { words } from "../files/words/words.ts";

interface State {
  readonly isBroken: boolean;
}

/** A fault of the page itself: it is told, instead of a blank window. */
export class FailureBoundary extends Component<{ readonly children: ReactNode }, State> {
  override readonly state: State = { isBroken: false };

  static getDerivedStateFromError(): State {
    return { isBroken: true };
  }

  override render(): ReactNode {
    if (!this.state.isBroken) return this.props.children;
    return (
      <main className="wrap">
        <section className="banner is-stop" role="alert">
          <div>
            <h1>{words.broken.title}</h1>
            <p>{words.broken.text}</p>
          </div>
          <button className="btn" type="button" onClick={() => location.reload()}>
            {words.broken.reload}
          </button>
        </section>
      </main>
    );
  }
}
