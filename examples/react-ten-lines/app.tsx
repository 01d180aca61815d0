import { DropZone, UploaderProvider, UploadIndicator, UploadList } from "@hawser/react";

export function App() {
  return (
    <UploaderProvider options={{ endpoint: `${location.origin}/` }}>
      <h1>Send files</h1>
      <UploadIndicator />
      <DropZone isPage />
      <UploadList />
    </UploaderProvider>
  );
}
