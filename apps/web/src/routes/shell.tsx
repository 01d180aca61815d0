import type { ReactNode } from "react";
import { words } from "../files/words/words.ts";
import { Link } from "./link.tsx";
import { Navigation } from "./navigation.tsx";

interface Props {
  /** The upload indicator. */
  readonly end?: ReactNode;
  readonly children: ReactNode;
}

/** What every page has: skip link, head with the brand, and the main part. */
export function Shell({ end, children }: Props) {
  return (
    <>
      <a className="skip" href="#main">
        {words.skip}
      </a>
      <header className="top">
        <div className="top-in">
          <Link className="brand" to="/">
            <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">
              <rect className="post" x="2" y="2" width="5.2" height="20" rx="1.6" />
              <rect className="post" x="16.8" y="2" width="5.2" height="20" rx="1.6" />
              <path className="line" d="M7.2 8c1.2 7.2 8.4 7.2 9.6 0" />
            </svg>
            {words.appName}
          </Link>
          <Navigation />
          <div className="top-end">{end}</div>
        </div>
      </header>
      <main id="main" className="wrap" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}
