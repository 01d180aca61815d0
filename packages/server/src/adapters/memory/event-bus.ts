import type { EventBus, UploadEvent } from "../../ports/event-bus.ts";
import type { Progress } from "../../ports/live.ts";

/**
 * Tells listeners in the same thread. A listener that throws hinders neither the others nor whoever publishes.
 * @param onListenerError gets what a listener threw
 */
export function createMemoryEventBus(onListenerError: (error: unknown) => void): EventBus {
  const ofEvents = new Listeners<[events: readonly UploadEvent[]]>(onListenerError);
  const ofProgress = new Listeners<[progress: readonly Progress[], seq: number]>(onListenerError);
  return {
    publish: (events) => ofEvents.tell(events),
    subscribe: (listener) => ofEvents.add(listener),
    publishProgress: (progress, seq) => ofProgress.tell(progress, seq),
    followProgress: (listener) => ofProgress.add(listener),
    get isFollowed() {
      return !ofProgress.isEmpty;
    },
  };
}

class Listeners<Args extends readonly unknown[]> {
  readonly #listeners = new Set<(...args: Args) => void>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  tell(...args: Args): void {
    for (const listener of this.#listeners) {
      try {
        listener(...args);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  add(listener: (...args: Args) => void): () => void {
    // A listener of its own, so that the same function can be subscribed twice and cancelled once.
    const own = (...args: Args) => listener(...args);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }
}
