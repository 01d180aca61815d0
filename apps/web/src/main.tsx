import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./design/tokens.css";
import "./design/base.css";
import "./design/controls.css";
import "./design/chips.css";
import "./design/shell.css";
import "./design/layers.css";
import "./design/rope.css";
import "./files/flow.css";
import "./files/rows.css";
import "./files/remote/remote.css";
import "./files/drop.css";
import "./files/limit/limit.css";
import "./files/resume/resume.css";
import "./files/details/details.css";
import "./files/details/charts.css";
import "./design/widths.css";
import { App } from "./routes/app.tsx";

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no place for the app.");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
