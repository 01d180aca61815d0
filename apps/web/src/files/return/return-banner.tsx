import { Icon } from "../../design/icon.tsx";
import { formatShare } from "../figures.ts";
import { returnWords } from "../words/return-words.ts";
import type { Returned } from "./return-view.ts";

interface Props {
  readonly returned: Returned;
  readonly onResume: () => void;
  readonly onReview: () => void;
  readonly onDismiss: () => void;
}

/** What was interrupted when the browser closed, what of it is safe, and the one click that lets it go on. */
export function ReturnBanner({ returned, onResume, onReview, onDismiss }: Props) {
  const { byItself, resumable, lacking } = returned;
  const all = [...byItself, ...resumable, ...lacking];
  const confirmedBytes = all.reduce((sum, state) => sum + state.confirmedBytes, 0);
  const totalBytes = all.reduce((sum, state) => sum + (state.sizeBytes ?? state.confirmedBytes), 0);
  const wasPaused = resumable.some(({ status }) => status === "paused");
  const counts = { byItself: byItself.length, resumable: resumable.length, lacking: lacking.length };
  return (
    <section className="banner is-move" aria-label={returnWords.label}>
      <Icon name="retry" className="ico banner-ico" />
      <div>
        <h2>{returnWords.title(all.length, wasPaused)}</h2>
        <p className="num">
          {returnWords.safe(formatShare(confirmedBytes, totalBytes))} {returnWords.next(counts)}
        </p>
      </div>
      <div className="banner-acts">
        {resumable.length + lacking.length > 0 && (
          <button className="btn" type="button" onClick={onReview}>
            {returnWords.review}
          </button>
        )}
        {resumable.length > 0 && (
          <button className="btn btn-act" type="button" onClick={onResume}>
            {returnWords.resume(resumable.length)}
          </button>
        )}
        {resumable.length + lacking.length === 0 && (
          <button
            className="ib"
            type="button"
            aria-label={returnWords.dismiss}
            title={returnWords.dismiss}
            onClick={onDismiss}
          >
            <Icon name="cross" />
          </button>
        )}
      </div>
    </section>
  );
}
