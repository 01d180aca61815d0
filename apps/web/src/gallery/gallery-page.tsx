import { useEffect, useMemo } from "react";
import { FilesPage } from "../files/files-page.tsx";
import { openQuery } from "../routes/location.ts";
import { Shell } from "../routes/shell.tsx";
import { fakeWorld, type Scene } from "./fake-world.ts";
import { type SceneName, scenes } from "./scenes.ts";

const names = Object.keys(scenes) as SceneName[];

/** Every state of the files page, with fixed data: `/gallery` lists them, `/gallery?scene=NAME` shows one. */
export default function GalleryPage() {
  const wanted = new URLSearchParams(location.search).get("scene");
  const name = names.find((known) => known === wanted);
  return name === undefined ? <GalleryList /> : <SceneView name={name} />;
}

function SceneView({ name }: { name: SceneName }) {
  const scene: Scene = scenes[name];
  const world = useMemo(() => fakeWorld(scene), [scene]);
  const earlier = useMemo(
    () => ({
      speeds: scene.bytesPerSecond ? unsteady(scene.bytesPerSecond) : [],
      ...(scene.rates !== undefined && { rates: scene.rates }),
    }),
    [scene],
  );
  const { details, added } = scene;
  useEffect(() => {
    if (details !== undefined) openQuery("details", details);
  }, [details]);
  useEffect(() => {
    if (added !== undefined) paste(added.name);
  }, [added]);
  return <FilesPage world={world} earlier={earlier} />;
}

/** Adds a file as a person would who pastes it. */
function paste(name: string): void {
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File(["x"], name));
  window.dispatchEvent(new ClipboardEvent("paste", { clipboardData, cancelable: true }));
}

/** A minute of a line that dropped once. */
function unsteady(bytesPerSecond: number): number[] {
  return Array.from({ length: 60 }, (_, second) => {
    const dip = second > 18 && second < 32 ? 0.15 + (second - 18) / 20 : 1;
    return bytesPerSecond * Math.min(1, dip) * (1 + Math.sin(second * 1.7) * 0.08);
  });
}

function GalleryList() {
  return (
    <Shell>
      <div className="head">
        <div className="head-say">
          <h1 className="t-page">Gallery</h1>
          <p className="t-lead">Every state of the files page, with fixed data and nothing behind it.</p>
        </div>
      </div>
      <ul className="card">
        {names.map((name) => (
          <li key={name} className="plain-note">
            <a href={`/gallery?scene=${name}`}>{name}</a>
          </li>
        ))}
      </ul>
    </Shell>
  );
}
