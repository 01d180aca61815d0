import { blobSource, createUploader, type UploadState } from "@hawser/client";

const uploader = createUploader({ endpoint: `${location.origin}/` });
const input = document.querySelector("input") as HTMLInputElement;
const list = document.querySelector("ul") as HTMLUListElement;

input.onchange = () => {
  for (const file of input.files ?? []) {
    const upload = uploader.add(blobSource(file));
    const item = list.appendChild(document.createElement("li"));
    const show = () => {
      item.textContent = `${file.name}: ${sentence(upload.state)}`;
    };
    show();
    upload.subscribe(show);
  }
};

/** Never "safe" before the server has confirmed it. */
function sentence(state: UploadState): string {
  if (state.status === "completed") return `safe, ${state.file.digest}`;
  if (state.status === "failed") return `stopped: ${state.error.code}`;
  return `${state.confirmedBytes} of ${state.sizeBytes} bytes are safe (${state.status})`;
}
