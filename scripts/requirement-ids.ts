/** Ids of requirements that a title or a page carries: `[S4]`, `[S4] [R5]`, `[S4, R5]`. */
export function requirementIdsIn(text: string): string[] {
  return [...text.matchAll(/\[([A-Z]\d+(?:, ?[A-Z]\d+)*)\](?!\()/g)].flatMap(([, ids]) => ids?.split(/, ?/) ?? []);
}
