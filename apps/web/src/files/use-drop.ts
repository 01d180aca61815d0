import { useEffect, useRef, useState } from "react";
import { droppedIn, type Found, pickedFrom } from "./picked.ts";

/**
 * Takes what is dropped or pasted anywhere on the page.
 * @returns the number of things that hover over the page, null while there are none
 */
export function useDrop(onFound: (found: AsyncIterable<Found> | Iterable<Found>) => void): number | null {
  const [hovering, setHovering] = useState<number | null>(null);
  const latest = useRef(onFound);
  useEffect(() => {
    latest.current = onFound;
  }, [onFound]);
  useEffect(() => {
    const stop = new AbortController();
    const listen = <K extends keyof WindowEventMap>(type: K, listener: (event: WindowEventMap[K]) => void) =>
      addEventListener(type, listener, { signal: stop.signal });
    const over = (event: DragEvent) => {
      if (!holdsFiles(event.dataTransfer)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      setHovering(event.dataTransfer.items.length);
    };
    listen("dragenter", over);
    listen("dragover", over);
    // Leaving one element for another has a target inside; leaving the window has none.
    listen("dragleave", (event) => event.relatedTarget === null && setHovering(null));
    listen("drop", (event) => {
      setHovering(null);
      if (!holdsFiles(event.dataTransfer)) return;
      event.preventDefault();
      latest.current(droppedIn(event.dataTransfer));
    });
    listen("paste", (event) => {
      const files = event.clipboardData?.files;
      if (files === undefined || files.length === 0) return;
      event.preventDefault();
      latest.current(pickedFrom(files));
    });
    return () => stop.abort();
  }, []);
  return hovering;
}

function holdsFiles(transfer: DataTransfer | null): transfer is DataTransfer {
  return transfer?.types.includes("Files") === true;
}
