import { words } from "../files/words/words.ts";
import { Link } from "./link.tsx";
import { Shell } from "./shell.tsx";

export function NotFound() {
  return (
    <Shell>
      <div className="head">
        <div className="head-say">
          <h1 className="t-page">{words.notFound.title}</h1>
          <p className="t-lead">{words.notFound.text}</p>
        </div>
      </div>
      <Link to="/" className="btn">
        {words.notFound.home}
      </Link>
    </Shell>
  );
}
