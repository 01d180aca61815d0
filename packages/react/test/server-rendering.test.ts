import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { expect, test } from "vitest";
import {
  DropZone,
  ProgressBadge,
  ResumeDialog,
  ResumePrevious,
  RetryFailed,
  SubmitWhenUploaded,
  UploaderProvider,
  UploadIndicator,
  UploadList,
  useLive,
} from "../src/index.ts";

function OtherDevices() {
  const { standing, uploads } = useLive();
  return `${standing.status}, ${uploads.length} elsewhere`;
}

test("[I3] [S7] everything renders on a server, where nothing is made and nothing of a page is touched", () => {
  expect(typeof (globalThis as { document?: unknown }).document).toBe("undefined");
  const nothing = () => undefined;
  const options = {
    get endpoint(): string {
      throw new Error("An uploader was made.");
    },
  };
  const html = renderToString(
    createElement(
      UploaderProvider,
      { options },
      createElement(UploadIndicator),
      createElement(DropZone, { isPage: true }),
      createElement(UploadList),
      createElement(ProgressBadge, { id: "a" }),
      createElement(RetryFailed),
      createElement(SubmitWhenUploaded, { onSubmit: nothing }),
      createElement(ResumeDialog, { source: null, onResume: nothing, onNew: nothing, onClose: nothing }),
      createElement(ResumePrevious),
      createElement(OtherDevices),
    ),
  );
  expect(html).toContain("Drop files or folders here");
  expect(html).toContain("Nothing to send");
  expect(html).toContain("off, 0 elsewhere");
  // What is not known yet is not ready.
  expect(html).toContain('aria-disabled="true"');
});
