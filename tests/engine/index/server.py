import http.server,sys
http.server.ThreadingHTTPServer(("127.0.0.1",int(sys.argv[2])),http.server.SimpleHTTPRequestHandler).serve_forever()
