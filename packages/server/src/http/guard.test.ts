import { expect, test } from "vitest";
import { corsHeaders, type GuardOptions, guardRequest } from "./guard.ts";

const loopback: GuardOptions = { loopback: true, allowedHosts: [], allowedOrigins: [] };
const configured: GuardOptions = {
  loopback: true,
  allowedHosts: ["files.example", "Other.example:8443"],
  allowedOrigins: ["https://app.example"],
};

function judge(method: string, host: string | undefined, origin?: string, options = loopback) {
  try {
    return guardRequest({ method, host, origin }, options);
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
}

test.each(["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:1", "127.8.9.10:65535", "[::1]", "[::1]:8080"])(
  "[S11] the loopback host %s is answered",
  (host) => expect(judge("GET", host)).toBeNull(),
);

test.each([
  undefined,
  "",
  "evil.example",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "127.0.0.256",
  "128.0.0.1",
  "127.1",
  "0.0.0.0:8080",
  "[::2]",
  "[::1]evil",
  "localhost:8080:9",
  "localhost:port",
  "user@localhost",
  "localhost/",
])("[S11] the host %s is refused on loopback", (host) => expect(judge("GET", host)).toBe("misdirected_request"));

test("[S11] configured hosts are answered, with any port or with theirs", () => {
  expect(judge("GET", "files.example", undefined, configured)).toBeNull();
  expect(judge("GET", "files.example:99", undefined, configured)).toBeNull();
  expect(judge("GET", "other.example:8443", undefined, configured)).toBeNull();
  expect(judge("GET", "other.example:8444", undefined, configured)).toBe("misdirected_request");
});

test("[S11] beyond loopback names need configuring; addresses are answered until a name is configured", () => {
  const open: GuardOptions = { loopback: false, allowedHosts: [], allowedOrigins: [] };
  expect(judge("GET", "192.0.2.7:8080", undefined, open)).toBeNull();
  expect(judge("GET", "[2001:db8::1]:8080", undefined, open)).toBeNull();
  expect(judge("GET", "evil.example", undefined, open)).toBe("misdirected_request");
  const named = { ...open, allowedHosts: ["files.example"] };
  expect(judge("GET", "192.0.2.7:8080", undefined, named)).toBe("misdirected_request");
  expect(judge("GET", "files.example", undefined, named)).toBeNull();
});

test.each(["POST", "PUT", "DELETE", "PATCH"])("[S11] %s from a foreign page is refused", (method) => {
  const host = "127.0.0.1:8080";
  expect(judge(method, host)).toBeNull();
  expect(judge(method, host, "http://127.0.0.1:8080")).toBeNull();
  expect(judge(method, host, "https://127.0.0.1:8080")).toBeNull();
  expect(judge(method, host, "null")).toBe("origin_forbidden");
  expect(judge(method, host, "http://127.0.0.1:9090")).toBe("origin_forbidden");
  expect(judge(method, host, "http://localhost:8080")).toBe("origin_forbidden");
  expect(judge(method, host, "https://app.example.evil")).toBe("origin_forbidden");
  expect(judge(method, host, "https://app.example", configured)).toBe("https://app.example");
});

test("[S11] a foreign page may not read what it gets, and there is no wildcard", () => {
  expect(judge("GET", "localhost", "https://evil.example")).toBeNull();
  expect(corsHeaders(null, false, loopback)).toEqual({});
  expect(corsHeaders(null, false, configured)).toEqual({ vary: "Origin" });
  const allowed = corsHeaders("https://app.example", true, configured);
  expect(allowed).toMatchObject({ "access-control-allow-origin": "https://app.example", vary: "Origin" });
  expect(allowed["access-control-allow-headers"]).toContain("Chunk-Digests");
});
