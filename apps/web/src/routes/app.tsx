import { Suspense } from "react";
import { FailureBoundary } from "./failure-boundary.tsx";
import { usePath } from "./location.ts";
import { NotFound } from "./not-found.tsx";
import { type Path, pages } from "./pages.ts";
import { routes } from "./table.tsx";

export function App() {
  const path = usePath();
  const Page = isPath(path) ? routes[path] : NotFound;
  return (
    <FailureBoundary>
      <Suspense>
        <Page />
      </Suspense>
    </FailureBoundary>
  );
}

function isPath(path: string): path is Path {
  return pages.some((page) => page.path === path);
}
