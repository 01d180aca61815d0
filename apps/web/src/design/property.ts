import { type RefObject, useLayoutEffect } from "react";

/**
 * Sets a custom property of an element. Through the CSSOM: the page's policy forbids style attributes, and figures
 * that are only known while running cannot stand in a style sheet.
 */
export function useProperty(element: RefObject<HTMLElement | null>, name: `--${string}`, value: string | null): void {
  useLayoutEffect(() => {
    if (value === null) element.current?.style.removeProperty(name);
    else element.current?.style.setProperty(name, value);
  }, [element, name, value]);
}
