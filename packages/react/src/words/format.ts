import type { UploadState } from "@hawser/client";
import { shareOf } from "./standing.ts";

/** How figures are written in a language: rounded, with as few digits as a person needs. */
export interface Format {
  readonly count: (count: number) => string;
  /**
   * The form that the language has for `count`, with the figure in place of `#`. Languages with more forms than two
   * give them all, by the names of `Intl.PluralRules`.
   */
  readonly plural: (count: number, one: string, other: string, more?: PluralForms) => string;
  /** `63%`, in German `63 %`: confirmed bytes of the whole, never rounded up; without a known size, the bytes. */
  readonly percent: (state: Sized) => string;
  /** `37%`: the rest. */
  readonly percentLeft: (state: Sized) => string;
  /** `2.4 GB` */
  readonly size: (sizeBytes: number) => string;
  /** `389 of 612 MB`, with the language's word for "of". */
  readonly share: (partBytes: number, wholeBytes: number | null, of: string) => string;
  /** `1 h 13 min`, `23 s` */
  readonly time: (spanMs: number) => string;
  /** `0:12` */
  readonly countdown: (spanMs: number) => string;
}

type Sized = Pick<UploadState, "confirmedBytes" | "sizeBytes">;
export type PluralForms = Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>;

const units = ["B", "kB", "MB", "GB", "TB", "PB"];

/** @param locale BCP 47 */
export function createFormat(locale: string): Format {
  const rules = new Intl.PluralRules(locale);
  const figures = [0, 1].map(
    (digits) => new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format,
  );
  const { format: percents } = new Intl.NumberFormat(locale, { style: "percent" });
  const count = (value: number) => figures[0]?.(value) ?? "";
  const sized = (bytes: number): [value: string, unit: string] => {
    let step = 0;
    for (; bytes >= 999.5 && step < 5; step++) bytes /= 1000;
    return [figures[step && bytes < 9.95 ? 1 : 0]?.(bytes) ?? "", units[step] ?? ""];
  };
  const size = (bytes: number) => sized(bytes).join(" ");
  const whole = (state: Sized) => Math.floor((shareOf(state) ?? 0) * 100);
  return {
    count,
    plural: (value, one, other, more) => {
      const rule = rules.select(value);
      return (more?.[rule] ?? (rule === "one" ? one : other)).replace("#", count(value));
    },
    percent: (state) => (state.sizeBytes === null ? size(state.confirmedBytes) : percents(whole(state) / 100)),
    percentLeft: (state) => percents(1 - whole(state) / 100),
    size,
    share: (partBytes, wholeBytes, of) => {
      if (wholeBytes === null) return size(partBytes);
      const [part, unit] = sized(partBytes);
      const all = sized(wholeBytes);
      return `${part}${unit === all[1] ? "" : ` ${unit}`} ${of} ${all.join(" ")}`;
    },
    time: (spanMs) => {
      const seconds = Math.max(1, Math.round(spanMs / 1_000));
      const minutes = Math.round(seconds / 60);
      if (seconds < 60) return `${seconds} s`;
      return minutes < 60 ? `${minutes} min` : `${count(Math.floor(minutes / 60))} h ${minutes % 60} min`;
    },
    countdown: (spanMs) => {
      const seconds = Math.max(0, Math.ceil(spanMs / 1_000));
      return `${Math.floor(seconds / 60)}:${`${seconds % 60}`.padStart(2, "0")}`;
    },
  };
}
