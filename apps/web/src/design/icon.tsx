import type { JSX } from "react";

const shield = "M10 3 4.5 5v4.7c0 3.4 2.3 5.8 5.5 7.3 3.2-1.5 5.5-3.9 5.5-7.3V5z";
const sheet = "M11.5 3H6a1.5 1.5 0 0 0-1.5 1.5v11A1.5 1.5 0 0 0 6 17h8a1.5 1.5 0 0 0 1.5-1.5V7zM11.5 3v4h4";

/** Drawn on 20 × 20, lines only. */
const drawings = {
  alert: <path d="M7 3.2h6L16.8 7v6L13 16.8H7L3.2 13V7zM10 7v3.6M10 13h.01" />,
  archive: <path d="M4 5.5h5l1.5 2H16v8H4zM10.5 10.5h2" />,
  audio: <path d="M4 8.5v3M7 6v8M10 3.5v13M13 6.5v7M16 8.5v3" />,
  chevron: <path d="m6 8 4 4 4-4" />,
  check: <path d="m4.5 10.5 3.7 3.7 7.3-8" />,
  clock: (
    <>
      <circle cx="10" cy="10" r="6.5" />
      <path d="M10 6.5V10l2.5 1.8" />
    </>
  ),
  copy: (
    <>
      <rect x="7" y="7" width="9" height="9.5" rx="1.5" />
      <path d="M13 4.2A1.2 1.2 0 0 0 11.8 3.5H5A1.5 1.5 0 0 0 3.5 5v7a1.2 1.2 0 0 0 .7 1" />
    </>
  ),
  cross: <path d="m5.5 5.5 9 9m0-9-9 9" />,
  disk: (
    <>
      <ellipse cx="10" cy="5.5" rx="6" ry="2.3" />
      <path d="M4 5.5v9c0 1.3 2.7 2.3 6 2.3s6-1 6-2.3v-9M4 10c0 1.3 2.7 2.3 6 2.3s6-1 6-2.3" />
    </>
  ),
  down: <path d="M10 4v9m0 0 4-4m-4 4L6 9M4 16.5h12" />,
  file: <path d={sheet} />,
  film: (
    <>
      <rect x="3" y="4.5" width="14" height="11" rx="1.5" />
      <path d="M6.5 4.5v11M13.5 4.5v11M3 8h3.5M3 12h3.5M13.5 8H17M13.5 12H17" />
    </>
  ),
  folder: <path d="M3 5.5h4.8l1.6 2H17v8.500H3z" />,
  gauge: <path d="M3.5 14.5a7 7 0 1 1 13 0M10 12.5l3-4" />,
  hash: <path d="M4 7.5h12.5M3.5 12.5H16M8.3 3.5l-1.6 13M13.3 3.5l-1.6 13" />,
  image: (
    <>
      <rect x="3" y="4" width="14" height="12" rx="1.5" />
      <circle cx="7.2" cy="8" r="1.2" />
      <path d="m3.5 14 4-3.5 3 2.5 2.5-2 3.5 3" />
    </>
  ),
  key: (
    <>
      <circle cx="7" cy="12.8" r="3.3" />
      <path d="m9.4 10.4 6.1-6.1M13 6.8l2.2 2.2" />
    </>
  ),
  offline: (
    <path d="M3 3l14 14M5.6 9.4A7 7 0 0 1 8 8M2.8 7A11 11 0 0 1 6 5M14.4 9.4a7 7 0 0 0-2.6-1.5M17.2 7a11 11 0 0 0-7.5-2.9M8.2 12a3 3 0 0 1 3.4-.2M10 15.2h.01" />
  ),
  pause: <path d="M6.5 4.5v11M13.5 4.5v11" />,
  play: <path d="M6 4.2v11.6l9.5-5.8z" />,
  plus: <path d="M10 4.5v11M4.5 10h11" />,
  retry: <path d="M15.8 8.3A6.2 6.2 0 1 0 16 11.6M16 4.5v3.9h-3.9" />,
  "shield-check": <path d={`${shield}M7.5 10l1.8 1.8 3.3-3.6`} />,
  swap: <path d="M4 7h11m0 0-3-3m3 3-3 3M16 13H5m0 0 3-3m-3 3 3 3" />,
  text: <path d="M4 5.5h12M4 10h12M4 14.5h7" />,
  up: <path d="M10 14.5V4m0 0L5.8 8.2M10 4l4.2 4.2M4 16.5h12" />,
} as const satisfies Record<string, JSX.Element>;

export type IconName = keyof typeof drawings;

/** Decoration beside a word, or inside a button that has a name; hidden from screen readers. */
export function Icon({ name, className = "ico" }: { name: IconName; className?: string }) {
  return (
    <svg className={className} viewBox="0 0 20 20" aria-hidden="true">
      {drawings[name]}
    </svg>
  );
}
