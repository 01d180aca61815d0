/** A breach of one of the project's rules. */
export interface Finding {
  readonly rule: string;
  readonly path: string;
  readonly line?: number;
  readonly message: string;
}

export function formatFinding({ rule, path, line, message }: Finding): string {
  return `${path}${line === undefined ? "" : `:${line}`}  ${message}  [${rule}]`;
}
