import { useId } from "react";
import { detailsWords } from "../words/details-words.ts";

const say = detailsWords.settings;

interface Props {
  readonly isFirst: boolean;
  readonly onFirst: (isFirst: boolean) => void;
  /** Null where it does not apply. */
  readonly compares: boolean | null;
  readonly onCompares: (compares: boolean) => void;
  readonly onCancel: () => void;
}

/** What a person can decide about one upload. */
export function Settings({ isFirst, onFirst, compares, onCompares, onCancel }: Props) {
  return (
    <section className="drawer-s" aria-label={say.title}>
      <h3>{say.title}</h3>
      <Switch title={say.first} text={say.firstText} isOn={isFirst} onChange={onFirst} />
      {compares !== null && <Switch title={say.compare} text={say.compareText} isOn={compares} onChange={onCompares} />}
      <div className="set">
        <div>
          {say.cancel}
          <p>{say.cancelText}</p>
        </div>
        <button className="btn btn-s btn-stop" type="button" onClick={onCancel}>
          {say.cancelButton}
        </button>
      </div>
    </section>
  );
}

interface SwitchProps {
  readonly title: string;
  readonly text: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}

function Switch({ title, text, isOn, onChange }: SwitchProps) {
  const id = useId();
  return (
    <div className="set">
      <div>
        {title}
        <p id={`${id}d`}>{text}</p>
      </div>
      <button
        className="switch"
        type="button"
        role="switch"
        aria-checked={isOn}
        aria-label={title}
        aria-describedby={`${id}d`}
        onClick={() => onChange(!isOn)}
      />
    </div>
  );
}
