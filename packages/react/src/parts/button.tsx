import type { ReactNode } from "react";

interface ButtonProps {
  readonly kind?: "act" | "stop" | "quiet" | undefined;
  readonly isFirst?: boolean | undefined;
  readonly label?: string | undefined;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

export function Button({ kind, isFirst, label, onClick, children }: ButtonProps) {
  return (
    <button
      type="button"
      className="hawser-button"
      data-kind={kind}
      data-first={isFirst}
      aria-label={label}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
