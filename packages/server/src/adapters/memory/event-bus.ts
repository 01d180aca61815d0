import type { EventBus, UploadEvent } from "../../ports/event-bus.ts";

/**
 * Tells listeners in the same thread. A listener that throws hinders neither the others nor whoever publishes.
 * @param onListenerError gets what a listener threw
 */
export function createMemoryEventBus(onListenerError: (error: unknown) => void): EventBus {
  const listeners = new Set<(events: readonly UploadEvent[]) => void>();
  return {
    publish(events) {
      for (const listener of listeners) {
        try {
          listener(events);
        } catch (error) {
          onListenerError(error);
        }
      }
    },
    subscribe(listener) {
      // A listener of its own, so that the same function can be subscribed twice and cancelled once.
      const own = (events: readonly UploadEvent[]) => listener(events);
      listeners.add(own);
      return () => {
        listeners.delete(own);
      };
    },
  };
}
