import { type FocusEvent, type KeyboardEvent, useId, useRef, useState } from "react";
import { Icon } from "../../design/icon.tsx";
import { limitWords } from "../words/limit-words.ts";
import { formatLimit, offeredLimits, readLimit, writeLimit } from "./limits.ts";

interface Props {
  /** Bytes a second; null: none. */
  readonly limit: number | null;
  readonly onLimit: (bytesPerSecond: number | null) => void;
}

/** How fast everything together may go: a button that says it, and a small panel to change it while it runs. */
export function SpeedLimit({ limit, onLimit }: Props) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const written = limit === null ? null : formatLimit(limit);
  const leave = (event: FocusEvent<HTMLElement>) => {
    if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !isOpen) return;
    setOpen(false);
    button.current?.focus();
  };
  const done = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape and leaving close the panel within
    <div className="pop-at" onBlur={leave} onKeyDown={press}>
      <button
        ref={button}
        className="btn"
        type="button"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="gauge" />
        <span className="no-phone">{limitWords.label(written ?? limitWords.none)}</span>
        <span className="only-phone">
          <span className="sr">{limitWords.title}: </span>
          {written ?? limitWords.noLimit}
        </span>
        <Icon name="chevron" className="ico ico-s" />
      </button>
      {isOpen && <Panel id={id} limit={limit} onLimit={onLimit} onDone={done} />}
    </div>
  );
}

interface PanelProps extends Props {
  readonly id: string;
  readonly onDone: () => void;
}

function Panel({ id, limit, onLimit, onDone }: PanelProps) {
  return (
    <div id={id} className="pop">
      <fieldset>
        <legend className="sr">{limitWords.title}</legend>
        {offeredLimits.map((offered) => (
          <label key={offered} className="pop-row">
            <input type="radio" name={id} checked={offered === limit} onChange={() => onLimit(offered)} />
            <Icon name="check" />
            {offered === null ? limitWords.noLimit : formatLimit(offered)}
          </label>
        ))}
      </fieldset>
      <OwnLimit limit={offeredLimits.includes(limit) ? null : limit} onLimit={onLimit} onDone={onDone} />
    </div>
  );
}

function OwnLimit({ limit, onLimit, onDone }: Omit<PanelProps, "id">) {
  const [written, write] = useState(limit === null ? "" : writeLimit(limit));
  const [isWrong, setWrong] = useState(false);
  const id = useId();
  return (
    <form
      className="pop-own"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const read = readLimit(written);
        setWrong(read === null);
        if (read === null) return;
        onLimit(read);
        onDone();
      }}
    >
      <label className="field">
        <span className="sr">{limitWords.ownLabel}</span>
        <input
          inputMode="decimal"
          placeholder={limitWords.own}
          value={written}
          aria-invalid={isWrong}
          aria-describedby={isWrong ? id : undefined}
          onChange={(event) => write(event.target.value)}
        />
        <span className="c-3">{limitWords.unit}</span>
      </label>
      <button className="btn" type="submit">
        {limitWords.set}
      </button>
      {isWrong && (
        <p id={id} className="up-note" role="alert">
          {limitWords.wrong}
        </p>
      )}
    </form>
  );
}
