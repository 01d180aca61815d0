import { Icon } from "../design/icon.tsx";
import { type StorageTrouble, storageWords } from "./words/storage-words.ts";

/** This browser does not keep all that it should; quiet, since nothing that arrived is in danger. */
export function StorageBanner({ trouble }: { trouble: StorageTrouble }) {
  return (
    <section className="banner" aria-label={storageWords.label}>
      <Icon name="disk" className="ico banner-ico" />
      <div>
        <h2>{trouble.title}</h2>
        <p>{trouble.text}</p>
      </div>
    </section>
  );
}
