import { useMemo } from "react";
import { FilesPage } from "../files/files-page.tsx";
import { Shell } from "../routes/shell.tsx";
import { fakeWorld, type Scene } from "./fake-world.ts";
import { type SceneName, scenes } from "./samples.ts";

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
  return <FilesPage world={world} earlierSpeeds={scene.bytesPerSecond ? unsteady(scene.bytesPerSecond) : []} />;
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
