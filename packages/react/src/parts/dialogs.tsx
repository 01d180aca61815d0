// What is loaded later, as one file.
export { CancelDialog } from "./cancel-dialog.tsx";
export { ResumeDialog } from "./resume-dialog.tsx";
export { ResumePrevious } from "./resume-previous.tsx";
