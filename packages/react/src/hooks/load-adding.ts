/** The code that reads what a person gives: loaded as soon as there is something to give it to. */
export const loadAdding = () => import("./adding.ts");
