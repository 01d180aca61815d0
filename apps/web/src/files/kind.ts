import type { IconName } from "../design/icon.tsx";

const byEnding: Readonly<Record<string, IconName>> = {
  ...endings("film", "mov mp4 m4v mkv webm avi mts"),
  ...endings("audio", "wav mp3 m4a aac flac ogg opus aif aiff"),
  ...endings("image", "jpg jpeg png gif webp avif heic heif tif tiff bmp svg raw dng cr2 cr3 nef arw psd"),
  ...endings("archive", "zip tar gz tgz zst xz bz2 7z rar"),
  ...endings("disk", "img iso dmg vhd vhdx qcow2 vmdk sqlite db"),
  ...endings("text", "txt md pdf doc docx odt rtf key ppt pptx odp xls xlsx ods csv json xml html"),
};

function endings(icon: IconName, list: string): Record<string, IconName> {
  return Object.fromEntries(list.split(" ").map((ending) => [ending, icon]));
}

/** The picture for a file, by the end of its name: a hint for the eye, nothing depends on it. */
export function kindOf(name: string): IconName {
  return byEnding[name.slice(name.lastIndexOf(".") + 1).toLowerCase()] ?? "file";
}
