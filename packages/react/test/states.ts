import { HawserError, type UploadState } from "@hawser/client";

const MiB = 1_048_576;
const file = {
  id: "0".repeat(32),
  filename: "report.pdf",
  contentType: "application/pdf",
  size: 18e6,
  digest: `tree:${"a".repeat(64)}`,
  metadata: {},
  completedAt: "2026-06-20T12:19:00.000Z",
  url: `/files/${"0".repeat(32)}`,
};

/** One upload in each state that people are told apart. */
export function everyState(nowMs: number): readonly UploadState[] {
  let count = 0;
  const figures = (name: string, confirmedBytes = 392 * MiB) => ({
    id: `upload-${count++}`,
    uploadId: null,
    name,
    sizeBytes: 612 * MiB,
    confirmedBytes,
    resumedBytes: 0,
    isFromEarlier: false,
    carrier: "here" as const,
  });
  const paused = (name: string, reasons: readonly ("user" | "offline" | "auth" | "parked" | "other")[]) =>
    ({ ...figures(name), status: "paused", reasons, cause: null }) as const;
  const failed = (name: string, code: ConstructorParameters<typeof HawserError>[0]) =>
    ({ ...figures(name), status: "failed", error: new HawserError(code) }) as const;
  return [
    { ...figures("waiting for its turn.mov", 0), status: "queued", ahead: 2 },
    { ...figures("reading.mov", 0), status: "preparing", work: "sampling", doneBytes: 0 },
    { ...figures("starting.mov", 0), status: "creating" },
    {
      ...figures(
        "Hochzeit Anna & Jonas – Rohmaterial Kamera B (Zeremonie, Empfang und alle Reden am Abend) 2026-06-14.mov",
      ),
      status: "uploading",
      inFlightBytes: 8 * MiB,
      bytesPerSecond: 9.6e6,
      timeLeftMs: 23_000,
      lanes: 4,
      confirmedChunks: [
        [1, 360],
        [370, 401],
      ],
      travellingChunks: [
        [361, 369],
        [402, 410],
      ],
      resendingChunks: 3,
    },
    {
      ...figures("between attempts.mov"),
      status: "waiting",
      retryAt: nowMs + 12_000,
      attempt: 2,
      maxAttempts: 5,
      cause: new HawserError("connection_lost"),
    },
    paused("paused by the person.mov", ["user"]),
    paused("offline.mov", ["offline"]),
    paused("held by the app.mov", ["other"]),
    paused("signed out.mov", ["auth"]),
    { ...paused("stopped.mov", ["parked"]), cause: new HawserError("storage_full") },
    { ...figures("needs leave.mov"), status: "needs-source", evidence: {}, canReopen: true },
    { ...figures("needs file.mov"), status: "needs-source", evidence: {}, canReopen: false },
    { ...figures("checking.mov", 612 * MiB), status: "verifying" },
    failed("edited.mov", "source_changed"),
    failed("ended.mov", "gone"),
    failed("refused.mov", "size_too_large"),
    { ...figures("cancelled.mov", 0), status: "cancelled" },
    { ...figures("report.pdf", 18e6), sizeBytes: 18e6, status: "completed", file },
  ];
}
