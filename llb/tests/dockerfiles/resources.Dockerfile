# gen:memory=1
FROM alpine:3
RUN true
COPY a /a
