import { useState } from "react";
import { formatSpeed, sizeFigure } from "../figures.ts";
import { detailsWords } from "../words/details-words.ts";
import { rateShape, rateTable } from "./rate-shape.ts";
import type { Rate } from "./rates.ts";

const say = detailsWords.rates;

/** Speed and lanes over the last two minutes, as a drawing or as a table. Nothing while nothing travelled. */
export function RateChart({ rates }: { rates: readonly Rate[] }) {
  const [isTable, setTable] = useState(false);
  return (
    <section className="drawer-s" aria-label={say.title}>
      <div className="drawer-t">
        <h3>{say.title}</h3>
        {rates.length > 0 && (
          <button className="link" type="button" onClick={() => setTable(!isTable)}>
            {isTable ? say.asChart : say.asTable}
          </button>
        )}
      </div>
      {rates.length === 0 ? (
        <p className="t-lead">{say.none}</p>
      ) : isTable ? (
        <Table rates={rates} />
      ) : (
        <Chart rates={rates} />
      )}
    </section>
  );
}

function Chart({ rates }: { rates: readonly Rate[] }) {
  const shape = rateShape(rates);
  const top = sizeFigure(shape.topBytes);
  const half = sizeFigure(shape.topBytes / 2);
  const last = rates.at(-1) ?? { bytesPerSecond: 0, lanes: 0 };
  return (
    <>
      <figure className="chart" role="img" aria-label={say.label(formatSpeed(last.bytesPerSecond), last.lanes)}>
        <div className="chart-y">
          <span>{`${Number(top.value)} ${top.unit}/s`}</span>
          <span>{half.unit === top.unit ? Number(half.value) : `${Number(half.value)} ${half.unit}/s`}</span>
          <span>0</span>
        </div>
        <div className="chart-plot">
          <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            {shape.area !== "" && <path className="spark-area" d={shape.area} />}
            {shape.speed !== "" && <path className="spark-line" d={shape.speed} />}
            {shape.lanes !== "" && <path className="lane-line" d={shape.lanes} />}
          </svg>
        </div>
        <div className="chart-x">
          <span>{say.ago}</span>
          <span>{say.halfAgo}</span>
          <span>{say.now}</span>
        </div>
      </figure>
      <ul className="legend">
        <li>
          <span className="key-speed" />
          {say.speed}
        </li>
        <li>
          <span className="key-lanes" />
          {say.lanes(last.lanes)}
        </li>
      </ul>
    </>
  );
}

function Table({ rates }: { rates: readonly Rate[] }) {
  return (
    <table className="rates num">
      <thead>
        <tr>
          <th scope="col">{say.columns.when}</th>
          <th scope="col">{say.columns.speed}</th>
          <th scope="col">{say.columns.lanes}</th>
        </tr>
      </thead>
      <tbody>
        {rateTable(rates).map(({ agoSeconds, bytesPerSecond, lanes }) => (
          <tr key={agoSeconds}>
            <td>{say.secondsAgo(agoSeconds)}</td>
            <td>{formatSpeed(bytesPerSecond)}</td>
            <td>{lanes}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
