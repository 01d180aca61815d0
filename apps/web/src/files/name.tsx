import { nameParts } from "./name-parts.ts";

/** A file's name, cut in its middle where it is too long; the whole of it stands in the title. */
export function Name({ name }: { name: string }) {
  const [head, tail] = nameParts(name);
  return (
    <span className="name" title={name}>
      <span className="h">
        <bdi>{head}</bdi>
      </span>
      {tail !== "" && <span className="e">{tail}</span>}
    </span>
  );
}
