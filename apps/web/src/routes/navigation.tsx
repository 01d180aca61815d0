import { words } from "../files/words/words.ts";
import { Link } from "./link.tsx";
import { usePath } from "./location.ts";
import { pages } from "./pages.ts";

/** Ways between the pages; a single one needs none. */
export function Navigation() {
  const current = usePath();
  const named = pages.filter(({ label }) => label !== null);
  if (named.length < 2) return null;
  return (
    <nav className="nav" aria-label={words.mainNavigation}>
      {named.map(({ path, label }) => (
        <Link key={path} to={path} isCurrent={path === current}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
