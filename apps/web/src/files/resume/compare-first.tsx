import { resumeWords } from "../words/resume-words.ts";

interface Props {
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}

/** Resume with verification: nothing is sent before what is there was compared with the file. */
export function CompareFirst({ isOn, onChange }: Props) {
  return (
    <label className="check">
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.target.checked)} />
      <span>
        {resumeWords.compareFirst}
        <span className="t-cap">{resumeWords.compareFirstText}</span>
      </span>
    </label>
  );
}
