import { Icon } from "../../design/icon.tsx";
import { resumeWords } from "../words/resume-words.ts";
import { type EvidenceItem, verdictIcons } from "./candidate-view.ts";

/** What is known of a candidate: ticked in ink, amber where it differs, grey where nobody knows. */
export function EvidenceList({ id, items }: { id?: string; items: readonly EvidenceItem[] }) {
  return (
    <ul id={id} className="ev" aria-label={resumeWords.evidence.label}>
      {items.map(({ verdict, text }) => (
        <li key={text} className={`ev-${verdict}`}>
          <Icon name={verdictIcons[verdict]} />
          <span>{text}</span>
        </li>
      ))}
    </ul>
  );
}
