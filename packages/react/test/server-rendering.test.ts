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
} from "../src/index.ts";

test("[I3] everything renders on a server, where nothing is made and nothing of a page is touched", () => {
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
    ),
  );
  expect(html).toContain("Drop files or folders here");
  expect(html).toContain("Nothing to send");
  // What is not known yet is not ready.
  expect(html).toContain('aria-disabled="true"');
});
