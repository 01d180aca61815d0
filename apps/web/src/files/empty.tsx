import { Icon } from "../design/icon.tsx";
import { Rope } from "../design/rope.tsx";
import type { RopeChunks } from "../design/rope-shape.ts";
import { words } from "./words/words.ts";

interface Props {
  readonly onChooseFiles: () => void;
  readonly onChooseFolder: () => void;
}

/** The page before anything is there: what to do, and what can be relied on. */
export function Empty({ onChooseFiles, onChooseFolder }: Props) {
  return (
    <>
      <section className="drop" aria-label={words.add.files}>
        <Bollards />
        <h2>
          <span className="no-phone">{words.add.dropHere}</span>
          <span className="only-phone">{words.add.chooseHere}</span>
        </h2>
        <p className="t-lead">{words.add.anySize}</p>
        <div className="drop-acts">
          <button className="btn btn-act btn-l" type="button" onClick={onChooseFiles}>
            <Icon name="plus" />
            {words.add.chooseFiles}
          </button>
          <button className="btn btn-l no-phone" type="button" onClick={onChooseFolder}>
            {words.add.chooseFolder}
          </button>
        </div>
        <p className="t-cap no-phone">
          {words.add.paste} <span className="kbd">Ctrl</span> <span className="kbd">V</span>
        </p>
      </section>
      <ul className="promises">
        {words.promises.map(([title, text], index) => (
          <li key={title}>
            <Rope chunks={promised[index] ?? whole} />
            <b>{title}</b>
            {text}
          </li>
        ))}
      </ul>
    </>
  );
}

const whole: RopeChunks = { total: 60, safe: [[1, 60]], moving: [], again: [] };
const promised: readonly RopeChunks[] = [
  {
    total: 60,
    safe: [
      [1, 30],
      [32, 32],
      [35, 35],
      [38, 38],
    ],
    moving: [
      [31, 31],
      [33, 34],
      [37, 37],
    ],
    again: [],
  },
  whole,
  {
    total: 60,
    safe: [
      [1, 20],
      [24, 60],
    ],
    moving: [],
    again: [[21, 23]],
  },
];

function Bollards() {
  return (
    <svg className="bollards" width="168" height="84" viewBox="0 0 168 84" aria-hidden="true">
      <path
        className="post"
        d="M14 14a4 4 0 0 1 4-4h24a4 4 0 0 1 4 4v7h-5v51H19V21h-5zM122 14a4 4 0 0 1 4-4h24a4 4 0 0 1 4 4v7h-5v51h-22V21h-5z"
      />
      <rect className="post" x="8" y="72" width="44" height="5" rx="2.5" />
      <rect className="post" x="116" y="72" width="44" height="5" rx="2.5" />
      <path className="gap" d="M16 36h28c16 38 64 38 80 0h28" />
      <path className="line" d="M17 36h27c16 38 64 38 80 0h27" />
      <path className="lay" d="M17 36h27c16 38 64 38 80 0h27" />
    </svg>
  );
}
