import type { ErrorCode, UploadState } from "@hawser/client";
import { type DialogMessages, partsOf } from "./words/dialog-messages.ts";
import type { Format } from "./words/format.ts";
import type { Messages } from "./words/messages.ts";

const kept = "Was ankam, bleibt sicher";
const missing = (state: UploadState, format: Format) =>
  `Nur die fehlenden ${format.percentLeft(state)} werden gesendet`;

function cause(code: ErrorCode): string {
  if (/^(conn|request_t)/.test(code)) return "Die Verbindung brach ab";
  if (code === "storage_full") return "Der Speicher des Servers ist voll";
  if (code === "size_too_large") return "Die Datei ist größer, als dieser Server annimmt";
  return /^(unav|int|too_|stor)/.test(code)
    ? "Der Server kann das gerade nicht annehmen"
    : `Der Server nimmt eine solche Datei nicht an (${code})`;
}

/** All words in German. */
export const german: Messages & DialogMessages = {
  locale: "de",
  standings: {
    queued: ({ ahead }, { count }) => [
      "Wartet",
      ahead ? `Nummer ${count(ahead + 1)} in der Reihe.` : "Als Nächstes dran.",
      "Beginnt von selbst",
    ],
    preparing: () => ["Liest", "Liest die Datei.", "Beginnt gleich"],
    creating: () => ["Beginnt", "Beginnt.", ""],
    uploading: (state, { percent, time, plural }) => [
      percent(state),
      "Wird gesendet.",
      (state.timeLeftMs === null ? "" : `Noch ${time(state.timeLeftMs)}. `) +
        (state.resendingChunks
          ? plural(
              state.resendingChunks,
              "# Stück kam beschädigt an und wird neu gesendet",
              "# Stücke kamen beschädigt an und werden neu gesendet",
            )
          : ""),
    ],
    waiting: ({ retryAt, attempt, maxAttempts, cause: { code } }, { countdown }, nowMs) => [
      `Wieder in ${countdown(retryAt - nowMs)}`,
      `Neuer Versuch in ${countdown(retryAt - nowMs)}.`,
      `${cause(code)}; ${attempt ? `Versuch ${attempt} von ${maxAttempts}` : "es geht weiter, solange es eben dauert"}`,
    ],
    verifying: () => ["Prüfung", "Die ganze Datei wird geprüft.", "Alle Bytes sind auf dem Server"],
    completed: ({ confirmedBytes }, { size }) => ["Sicher", "Sicher.", `${size(confirmedBytes)}, als Ganzes geprüft`],
    cancelled: () => ["Abgebrochen", "Abgebrochen.", "Was ankam, wurde entfernt"],
    user: () => ["Angehalten", "Von Ihnen angehalten.", kept],
    offline: () => ["Offline", "Wartet auf das Netz.", "Geht von selbst weiter; kein Versuch wird verbraucht"],
    held: () => ["Angehalten", "Angehalten.", kept],
    auth: () => ["Anmelden", "Melden Sie sich wieder an.", "Nichts ist verloren. Danach erneut versuchen"],
    parked: (state) => ["Gestoppt", "Gestoppt.", `${state.cause ? `${cause(state.cause.code)}. ` : ""}${kept}`],
    reopen: (state, format) => [
      "Braucht die Datei",
      "Erlauben Sie, die Datei wieder zu lesen.",
      `Der Browser fragt einmal danach. ${missing(state, format)}`,
    ],
    choose: (state, format) => [
      "Braucht die Datei",
      "Wählen Sie die Datei noch einmal.",
      `Der Browser darf sie nicht mehr lesen. ${missing(state, format)}`,
    ],
    changed: () => [
      "Geändert",
      "Die Datei wurde inzwischen geändert.",
      "Nichts wurde vermischt. Fügen Sie sie noch einmal hinzu, um die neue Fassung zu senden",
    ],
    gone: () => [
      "Beendet",
      "Auf dem Server beendet.",
      "Abgelaufen oder dort entfernt. Fügen Sie sie noch einmal hinzu, um sie zu senden",
    ],
    refused: ({ error }) => ["Abgelehnt", "Abgelehnt.", cause(error.code)],
  },
  actions: {
    pause: "Anhalten",
    resume: "Fortsetzen",
    retry: "Erneut versuchen",
    choose: "Datei wählen …",
    reopen: "Erlauben …",
    remove: "Entfernen",
    cancel: "Abbrechen …",
  },
  named: (action, name) => `${action} ${name}`,
  safeShare: ({ confirmedBytes, sizeBytes }, format) => `${format.share(confirmedBytes, sizeBytes, "von")} sicher`,
  elsewhere: "in einem anderen Tab",
  progress: "Sicher auf dem Server",
  list: "Uploads",
  empty: "Nichts zu senden",
  drop: "Dateien oder Ordner hier ablegen",
  chooseFiles: "Dateien wählen …",
  chooseFolder: "Einen Ordner wählen …",
  adding: (count, { plural }) => plural(count, "Bisher # Datei", "Bisher # Dateien"),
  unreadable: (count, { plural }) =>
    plural(count, "# Datei konnte nicht gelesen werden", "# Dateien konnten nicht gelesen werden"),
  idle: "Nichts zu senden",
  safe: "Alles ist sicher",
  offline: "Offline",
  active: ({ onTheWay }, { count }) => `${count(onTheWay)} unterwegs`,
  retrying: "Neuer Versuch",
  error: ({ needYou }, { plural }) => plural(needYou, "# braucht Sie", "# brauchen Sie"),
  waits: ({ onTheWay }, left, isAutomatic, { plural }) =>
    `Wartet auf ${plural(onTheWay, "# Upload", "# Uploads")}${left && `, etwa ${left}`}` +
    (isAutomatic ? "; geht dann von selbst weiter" : ""),
  stopped: ({ needYou, safe, total }, { plural, count }) =>
    `${plural(needYou, "# Upload konnte noch nicht gesendet werden", "# Uploads konnten noch nicht gesendet werden")}. ` +
    `${count(safe)} von ${count(total)} sind sicher`,
  retryFailed: (count) => `Fehlgeschlagene erneut versuchen (${count})`,
  without: ({ needYou }, { plural }) => `Ohne ${plural(needYou, "# Upload", "# Uploads")} weiter …`,
  otherFile: "Das ist eine andere Datei oder eine andere Fassung. Nichts wurde vermischt.",
  noFile: "Der Browser kann diese Datei nicht lesen. Wählen Sie sie noch einmal.",
  cancelTitle: (name) => `${name} abbrechen?`,
  cancelText: "Was ankam, wird vom Server entfernt. Die Datei hier bleibt, wie sie ist.",
  cancelYes: "Upload abbrechen",
  no: "Jetzt nicht",
  resume: "Fortsetzen",
  discard: "Verwerfen …",
  discardYes: "Verwerfen",
  discardTitle: "Das Hochgeladene verwerfen?",
  discardText: "Es wird vom Server entfernt. Die Dateien hier bleiben, wie sie sind.",
  resumeOne: (name, percent) => `${name} ab ${percent} fortsetzen?`,
  resumeParts: (counts) =>
    `Vorigen Upload fortsetzen? (${partsOf(counts, { photo: "Fotos", video: "Videos", file: "Dateien" }, "Video").join(" und ")} hochgeladen)`,
  resumeText: "Was ankam, ist sicher auf dem Server. Nur der Rest wird gesendet.",
  whichOne: "Welcher ist es?",
  whichText: (name, size, count, { plural }) =>
    `Sie haben ${name} gewählt (${size}). ` +
    plural(
      count,
      "# unvollendeter Upload könnte diese Datei sein. ",
      "# unvollendete Uploads könnten diese Datei sein. ",
    ) +
    "Der Vergleich des Inhalts liest alles und entscheidet; bis dahin wird nichts vermischt.",
  candidate: (percent, began, keptUntil) =>
    `${percent} sicher, begonnen am ${began}${keptUntil && `, aufbewahrt bis ${keptUntil}`}`,
  sameName: "Name",
  sameSize: "Größe",
  sameTime: "Änderungszeit",
  otherTime: (moment) => `Geändert am ${moment}`,
  noTime: "Änderungszeit unbekannt",
  sameContent: "Inhalt",
  contentUnknown: "Inhalt noch nicht verglichen",
  checkContent: "Inhalt vergleichen",
  checking: "Liest die Datei",
  resumeChosen: "Gewählten fortsetzen",
  sendNew: "Keiner davon, neu senden",
};
